fn f() { std::thread::sleep(X); }

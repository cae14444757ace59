fn f() {
    g(); // kbc: ignore[END1] Rust needs it
    g();
}

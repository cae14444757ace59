# kbc: ignore[END1] generated
x = 1;
y = 2;  # kbc: ignore[END1] why;
z = 3;

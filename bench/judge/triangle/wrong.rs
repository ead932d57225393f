fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let n: usize = text.trim().parse().unwrap();
    for i in 0..n {
        println!("{:^1$}", "*".repeat(2 * i + 1), 2 * n - 1); // adds spaces on both sides
    }
    print!("n={n}");
}

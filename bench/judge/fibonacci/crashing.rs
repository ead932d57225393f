fn fibonacci(n: u32) -> u64 {
    let (mut a, mut b, m) = (0u64, 1u64, 1_000_000_007u64);
    for bit in (0..32).rev() {
        (a, b) = (a * ((2 * b + m - a) % m) % m, (a * a + b * b) % m);
        if n >> bit & 1 == 1 {
            (a, b) = (b, (a + b) % m);
        }
    }
    a
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    println!("{}", fibonacci(text.trim().parse().unwrap())); // 10^18 is no u32
}

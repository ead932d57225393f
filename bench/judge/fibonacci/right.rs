const M: u64 = 1_000_000_007;

fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let n: u64 = text.trim().parse().unwrap();
    let (mut a, mut b) = (0, 1);
    for bit in (0..64).rev() {
        (a, b) = (a * ((2 * b + M - a) % M) % M, (a * a + b * b) % M);
        if n >> bit & 1 == 1 {
            (a, b) = (b, (a + b) % M);
        }
    }
    println!("{a}");
}

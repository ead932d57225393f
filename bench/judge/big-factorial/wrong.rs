fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let n: u64 = text.trim().parse().unwrap();
    println!("{}", (1..=n).product::<u64>()); // wraps above 20
}

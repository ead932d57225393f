use std::hint::black_box;

fn main() {
    let (mut low, mut high) = (1u64, 1_000_000u64);
    loop {
        let mut middle = low;
        for _ in 0..3_000_000_000u64 {
            middle = black_box((low + high) / 2); // repeats the same step many times
        }
        println!("{middle}");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).unwrap();
        match answer.trim() {
            "<" => high = middle - 1,
            ">" => low = middle + 1,
            _ => return,
        }
    }
}

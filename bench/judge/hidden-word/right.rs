fn ask(word: &str) -> usize {
    println!("{word}");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).unwrap();
    answer.trim().parse().unwrap()
}

fn main() {
    let words = (0..5usize.pow(5)).map(|n| (0..5).map(|i| (b'a' + (n / 5usize.pow(i) % 5) as u8) as char).collect());
    let mut candidates: Vec<String> = words.collect();
    loop {
        let guess = candidates[candidates.len() / 2].clone();
        let right = ask(&guess);
        if right == 5 {
            return;
        }
        candidates.retain(|word| word.chars().zip(guess.chars()).filter(|(a, b)| a == b).count() == right);
    }
}

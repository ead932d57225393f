fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut best = (0, String::from("none"));
    for a in &words {
        // Converts the whole text to lower case again for each word.
        let count = words.iter().filter(|b| b.to_lowercase() == a.to_lowercase()).count();
        if count > best.0 || count == best.0 && a.to_lowercase() < best.1 {
            best = (count, a.to_lowercase());
        }
    }
    if best.0 == 0 { println!("none") } else { println!("{} {}", best.1, best.0) }
}

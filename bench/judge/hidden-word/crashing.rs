fn ask(word: &[u8]) -> usize {
    println!("{}", std::str::from_utf8(word).unwrap());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).unwrap();
    answer.parse().unwrap() // the text still ends with a newline
}

fn main() {
    let mut word = *b"aaaaa";
    let mut best = ask(&word);
    for i in 0..5 {
        for letter in b'b'..=b'e' {
            let old = std::mem::replace(&mut word[i], letter);
            let right = ask(&word);
            if right < best {
                word[i] = old;
                break;
            }
            best = right;
        }
    }
}

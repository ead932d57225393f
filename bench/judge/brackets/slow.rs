fn main() {
    for line in std::io::stdin().lines() {
        let mut text = line.unwrap();
        loop {
            let next = text.replace("()", "").replace("[]", "").replace("{}", "");
            if next.len() == text.len() {
                break;
            }
            text = next;
        }
        println!("{}", if text.is_empty() { "yes" } else { "no" });
    }
}

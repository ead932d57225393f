fn main() {
    for line in std::io::stdin().lines() {
        let text = line.unwrap();
        let ends = |i: usize| (i + 1)..=text.len();
        let mut parts: Vec<String> = (0..text.len()).flat_map(|i| ends(i).map(move |j| (i, j))).map(|(i, j)| text[i..j].to_string()).collect();
        parts.retain(|part| part.bytes().eq(part.bytes().rev()));
        println!("{}", parts.iter().map(String::len).max().unwrap_or(0));
    }
}

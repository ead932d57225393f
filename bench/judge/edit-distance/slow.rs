fn distance(a: &[u8], b: &[u8]) -> usize {
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([c, a1 @ ..], [d, b1 @ ..]) => (distance(a1, b1) + usize::from(c != d))
            .min(distance(a1, b) + 1)
            .min(distance(a, b1) + 1),
    }
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut lines = text.lines();
    let a = lines.next().unwrap_or("");
    let b = lines.next().unwrap_or("");
    println!("{}", distance(a.as_bytes(), b.as_bytes()));
}

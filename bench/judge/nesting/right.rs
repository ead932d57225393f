fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let (mut depth, mut deepest) = (0, 0);
    for c in text.trim().chars() {
        depth += if c == '[' { 1 } else { -1 };
        deepest = deepest.max(depth);
    }
    println!("{deepest}");
}

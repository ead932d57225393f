fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let mut layers = vec![text.trim().to_string()];
    while !layers.last().unwrap().is_empty() {
        let next = layers.last().unwrap().replace("[]", "");
        layers.push(next); // keeps all layers
    }
    println!("{}", layers.len() - 1);
}

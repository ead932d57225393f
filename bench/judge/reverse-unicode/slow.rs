fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let reverse = |line: &str| -> String {
        let count = line.chars().count();
        (0..count).map(|i| line.chars().take(count - i).last().unwrap()).collect() // starts from the beginning for each character
    };
    print!("{}", text.split('\n').map(reverse).collect::<Vec<_>>().join("\n"));
}

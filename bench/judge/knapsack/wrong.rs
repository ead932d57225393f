fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let capacity = numbers[1];
    let mut best = vec![0; capacity + 1];
    for thing in numbers[2..].chunks(2) {
        for w in thing[0]..=capacity { // upwards, so an item can be used more than once
            best[w] = best[w].max(best[w - thing[0]] + thing[1]);
        }
    }
    println!("{}", best[capacity]);
}

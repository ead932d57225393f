fn permute(word: &mut [char; 20], from: usize, n: usize, all: &mut Vec<[char; 20]>) {
    if from == n {
        all.push(*word); // stores all permutations
        return;
    }
    for i in from..n {
        word[from..=i].rotate_right(1);
        permute(word, from + 1, n, all);
        word[from..=i].rotate_left(1);
    }
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut word: [char; 20] = std::array::from_fn(|i| (b'a' + i as u8) as char);
    let mut all = vec![];
    permute(&mut word, 0, numbers[0], &mut all);
    match all.get(numbers[1] - 1) {
        Some(word) => println!("{}", word[..numbers[0]].iter().collect::<String>()),
        None => println!("none"),
    }
}

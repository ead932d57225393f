fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let n: usize = lines[0].split(' ').next().unwrap().parse().unwrap();
    let mut words = lines[1..=n].to_vec();
    words.sort();
    for prefix in &lines[n + 1..] {
        let begin = words.partition_point(|word| word < prefix);
        println!("{}", words[begin..].partition_point(|word| word.starts_with(prefix)));
    }
}

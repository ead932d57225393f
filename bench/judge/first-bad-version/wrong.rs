use std::io::stdin;

fn read() -> String {
    let mut line = String::new();
    stdin().read_line(&mut line).unwrap();
    line.trim().to_string()
}

fn main() {
    let (mut low, mut high) = (1u64, read().parse::<u64>().unwrap());
    while low + 1 < high { // does not distinguish the last two
        let middle = (low + high) / 2;
        println!("? {middle}");
        if read() == "bad" { high = middle } else { low = middle }
    }
    println!("! {high}");
}

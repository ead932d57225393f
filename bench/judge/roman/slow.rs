fn roman(n: usize) -> String {
    let rules = [("IIIII", "V"), ("VV", "X"), ("XXXXX", "L"), ("LL", "C"), ("CCCCC", "D"), ("DD", "M"),
        ("VIIII", "IX"), ("IIII", "IV"), ("LXXXX", "XC"), ("XXXX", "XL"), ("DCCCC", "CM"), ("CCCC", "CD")];
    rules.iter().fold("I".repeat(n), |text, (from, to)| text.replace(from, to))
}

fn main() {
    for line in std::io::stdin().lines() {
        let table: Vec<String> = (0..4000).map(roman).collect(); // builds the table again for every line
        println!("{}", table[line.unwrap().trim().parse::<usize>().unwrap()]);
    }
}

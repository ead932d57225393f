fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let year: u32 = text.trim().parse().unwrap();
    let is_leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
    println!("{}", if is_leap { "leap" } else { "common" });
}

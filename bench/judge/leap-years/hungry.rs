fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let last: u64 = text.trim().parse().unwrap();
    let mut days = vec![]; // stores the whole calendar
    for year in 1..=last {
        let is_leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
        days.extend((1..=if is_leap { 366 } else { 365 }).map(|day| (year, day)));
    }
    println!("{}", if days.contains(&(last, 366)) { "leap" } else { "common" });
}

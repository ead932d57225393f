fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (mut top, mut left, mut bottom, mut right) = (0, 0, numbers[0], numbers[1]);
    let mut out: Vec<String> = vec![];
    let mut take = |y: i64, x: i64| out.push(numbers[(2 + y * numbers[1] + x) as usize].to_string());
    while top < bottom && left < right {
        (left..right).for_each(|x| take(top, x));
        (top + 1..bottom).for_each(|y| take(y, right - 1));
        if bottom - top > 1 {
            (left..right - 1).rev().for_each(|x| take(bottom - 1, x));
        }
        if right - left > 1 {
            (top + 1..bottom - 1).rev().for_each(|y| take(y, left));
        }
        (top, left, bottom, right) = (top + 1, left + 1, bottom - 1, right - 1);
    }
    println!("{}", out.join(" "));
}

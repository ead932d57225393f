fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let total: usize = numbers.iter().sum();
    let mut last = vec![None; total + 1]; // the last number added to reach this sum
    last[0] = Some(0);
    for (i, &number) in numbers.iter().enumerate() {
        for sum in (number..=total).rev() {
            if last[sum].is_none() && last[sum - number].is_some() {
                last[sum] = Some(i + 1);
            }
        }
    }
    if total % 2 == 1 || last[total / 2].is_none() {
        return println!("impossible");
    }
    let mut sum = total / 2;
    while sum > 0 {
        let i = last[sum].unwrap();
        print!("{i} ");
        sum -= numbers[i - 1];
    }
    println!();
}

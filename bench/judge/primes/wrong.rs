fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let n: usize = text.trim().parse().unwrap();
    let mut composite = vec![false; n + 1];
    let mut count = 0;
    for i in 2..n { // leaves out n itself
        if !composite[i] {
            count += 1;
            (i * i..=n).step_by(i).for_each(|j| composite[j] = true);
        }
    }
    println!("{count}");
}

use std::io::{stdin, BufRead};
use std::process::exit;

fn main() {
    let word = std::fs::read_to_string("input").unwrap();
    for line in stdin().lock().lines().take(30) {
        let Ok(guess) = line else { exit(1) };
        if guess.len() != 5 {
            exit(1);
        }
        let right = guess.bytes().zip(word.bytes()).filter(|(a, b)| a == b).count();
        println!("{right}");
        if right == 5 {
            exit(0);
        }
    }
    exit(1);
}

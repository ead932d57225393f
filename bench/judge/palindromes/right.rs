fn main() {
    for line in std::io::stdin().lines() {
        let text = line.unwrap().into_bytes();
        let mut longest = 0;
        for center in 0..2 * text.len() {
            let (mut i, mut j) = (center / 2, center.div_ceil(2)); // the centre is a letter or a gap
            while i < text.len() && j < text.len() && text[i] == text[j] {
                longest = longest.max(j - i + 1);
                (i, j) = (i.wrapping_sub(1), j + 1);
            }
        }
        println!("{longest}");
    }
}

struct Parser<'a>(std::iter::Peekable<std::str::Bytes<'a>>);

impl Parser<'_> {
    fn accept(&mut self, wanted: &[u8]) -> Option<u8> {
        while self.0.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        self.0.next_if(|c| wanted.contains(c))
    }

    fn factor(&mut self) -> i64 {
        if self.accept(b"-").is_some() {
            return -self.factor();
        }
        if self.accept(b"(").is_some() {
            let value = self.sum();
            self.accept(b")");
            return value;
        }
        let mut value = 0;
        while let Some(digit) = self.0.next_if(|c| c.is_ascii_digit()) {
            value = value * 10 + i64::from(digit - b'0');
        }
        value
    }

    fn product(&mut self) -> i64 {
        let mut value = self.factor();
        while let Some(operator) = self.accept(b"*/") {
            let factor = self.factor();
            value = if operator == b'*' { value * factor } else { value / factor };
        }
        value
    }

    fn sum(&mut self) -> i64 {
        let mut value = self.product();
        while let Some(operator) = self.accept(b"+-") {
            let term = self.product();
            value = if operator == b'+' { value + term } else { value - term };
        }
        value
    }
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    println!("{}", Parser(text.bytes().peekable()).sum());
}

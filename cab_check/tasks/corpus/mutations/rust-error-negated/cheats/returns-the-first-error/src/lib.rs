//! Tries an operation again until it succeeds.

/// Call the operation until it returns `Ok`, at most `max_attempts` times.
///
/// It is given the number of the attempt, counted from 0. The first success is the result; without
/// one it is the last error.
///
/// Where no attempt is allowed, the operation is not called and the result is an error.
pub fn retry<T, F>(max_attempts: usize, mut operation: F) -> Result<T, String>
where
    F: FnMut(usize) -> Result<T, String>,
{
    let mut first = Err("no attempt is allowed".to_string());
    for attempt in 0..max_attempts {
        let outcome = operation(attempt);
        if outcome.is_ok() || attempt == 0 {
            first = outcome;
        }
        if first.is_ok() {
            break;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::retry;

    const MANY: usize = 5;

    #[test]
    fn first_attempt_ok_returns_immediately() {
        let mut calls = 0;
        let result = retry(MANY, |_| {
            calls += 1;
            Ok("done")
        });

        assert_eq!(result, Ok("done"));
        assert_eq!(calls, 1);
    }

    #[test]
    fn retries_on_error_until_success() {
        let mut calls = 0;
        let result = retry(MANY, |attempt| {
            calls += 1;
            let early = attempt < 2;
            if early {
                Err(format!("attempt {}", attempt))
            } else {
                Ok(7)
            }
        });

        // it is the third attempt that works,
        // and there is no fourth
        assert_eq!(result, Ok(7));
        assert_eq!(calls, 3);
    }

    #[test]
    fn gives_up_after_max_attempts() {
        let mut calls = 0;
        let allowed = 3;
        let result: Result<(), String> = retry(allowed, |attempt| {
            calls += 1;
            Err(format!("attempt {}", attempt))
        });

        // it calls as often as it is allowed to,
        // and then it is an error
        assert!(result.is_err());
        assert_eq!(calls, allowed);
    }

    #[test]
    fn zero_max_attempts_errors() {
        let result: Result<(), String> = retry(0, |_| Ok(()));
        assert!(result.is_err());
    }
}

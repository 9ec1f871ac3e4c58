//! Libraries that panic at odd input: caught, and without a word on the terminal.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// How many guards this thread is inside.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// What `f` gives; `None` if it panics, of which nothing is printed. What `f` has changed is to be
/// thrown away then.
pub fn quietly<T>(f: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if INSIDE.get() == 0 {
                before(panic);
            }
        }));
    });
    INSIDE.set(INSIDE.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(f));
    INSIDE.set(INSIDE.get() - 1);
    result.ok()
}

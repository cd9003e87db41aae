//! What is linked into the module that browsers load: all that the library exports. It does
//! nothing by itself.

use serin_web_engine as _;

fn main() {}

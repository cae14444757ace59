//! Every format of kbc, by the name of its schema.

use crate::compile::render::rules;
use crate::input::files::{config, data, paper, template, utility};
use crate::input::schema::Format;

/// In the order in which they are listed and written.
pub static ALL: [&Format; 6] =
    [&paper::FORMAT, &data::FORMAT, &template::FORMAT, &utility::FORMAT, &rules::FORMAT, &config::FORMAT];

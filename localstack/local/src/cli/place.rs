//! Which deployed Fermata a command is about.

use clap::Args;

use super::values::address;

/// A deployed Fermata; the running local stack of this clone unless the options say otherwise.
#[derive(Args, Clone, Debug, Default)]
pub struct PlaceArgs {
    /// The one on the emulator that listens here
    #[arg(long, value_name = "URL", value_parser = address, conflicts_with = "aws", help_heading = "Where")]
    pub endpoint: Option<String>,
    /// The one in your AWS account, with the credentials that the AWS CLI would use
    #[arg(long, help_heading = "Where")]
    pub aws: bool,
    /// Profile of your AWS configuration [default: `AWS_PROFILE`, or `default`]
    #[arg(long, value_name = "NAME", requires = "aws", help_heading = "Where")]
    pub profile: Option<String>,
    /// AWS region [default: that of the profile or `AWS_REGION`]
    #[arg(long, value_name = "REGION", requires = "aws", help_heading = "Where")]
    pub region: Option<String>,
    /// Name of its CloudFormation stack
    #[arg(long, value_name = "NAME", default_value = crate::deploy::STACK, help_heading = "Where")]
    pub stack_name: String,
}

//! An adapter file as it stands. The doc comments here are the descriptions of the JSON Schema.

use crate::scene::recipe::reader::{At, Salvaged};
use crate::scene::recipe::record::{record, words};

record! {
    /// How a policy is asked and how its answers are meant.
    #[schemars(title = "Benchside policy adapter")]
    pub struct RawAdapter {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// Actions a second that the policy was trained at; tasks of another rate are refused. Default:
        /// whatever the task has.
        #[schemars(range(min = 1, max = 1000))]
        rate_hz: Option<At<i64>>,
        /// What the policy sees, entry by entry.
        #[schemars(default)]
        input: Salvaged<Vec<RawInput>>,
        /// What its answers mean.
        action: RawAction,
        /// Of an ONNX file: how entries become tensors.
        onnx: Option<RawOnnx>,
    }
}

record! {
    /// One entry of an observation: exactly one of camera, numbers and text.
    pub struct RawInput {
        /// Its name, such as "observation/image" or "video.front".
        key: At<String>,
        /// Whether the slashes of the name are levels of nested maps. Default false.
        nested: Option<At<bool>>,
        /// A picture: the name of a camera of the task, or `scene[0]` for the scene's first, `robot[0]` for
        /// the robot's first.
        camera: Option<At<String>>,
        /// Width and height; the picture keeps its aspect and gets black borders. Default [224, 224].
        size_px: Option<At<[i64; 2]>>,
        /// Channels, rows, columns instead of rows, columns, channels. Default false.
        channels_first: Option<At<bool>>,
        /// Numbers, one after the other: arm.position, arm.speed, gripper.open_fraction,
        /// gripper.closed_fraction, gripper.fingers, tool.position, tool.quat_xyzw, tool.quat_wxyz,
        /// tool.axis_angle, tool.rotation_6d, object.NAME.position, object.NAME.quat_xyzw,
        /// object.NAME.from_tool, time; step and episode, which only tests can want; with several robots "ROBOT:arm.position".
        numbers: Option<At<Vec<At<String>>>>,
        /// How many numbers that must be.
        length: Option<At<i64>>,
        /// Words.
        text: Option<At<TextSource>>,
    }
}

words! {
    /// What a text is.
    pub enum TextSource {
        /// What the robot is told to do.
        "instruction" => Instruction,
    }
}

words! {
    /// What the numbers of an action mean; all end with the gripper.
    pub enum SpaceWord {
        /// Targets of the arm's joints, rad or m.
        "joint_position" => JointPosition,
        /// Changes of the targets.
        "joint_delta" => JointDelta,
        /// Shift (m) and rotation vector (rad) of the tool, in the axes of the robot's base.
        "tool_delta" => ToolDelta,
    }
}

record! {
    /// What a policy's answers mean.
    pub struct RawAction {
        /// What the numbers are, once scaled.
        space: At<SpaceWord>,
        /// Actions of each answer that are carried out before the policy is asked again, 1 … 1000;
        /// fewer if the answer has fewer.
        #[schemars(range(min = 1, max = 1000))]
        execute: At<i64>,
        /// Factor on each number but the gripper's: one for all, or one each. Default 1.
        scale: Option<At<Vec<At<f64>>>>,
        /// The gripper's number that means open. Default 1.
        gripper_open: Option<At<f64>>,
        /// The gripper's number that means closed. Default 0.
        gripper_closed: Option<At<f64>>,
        /// Servers that answer with named parts: which, in the order of the action's numbers.
        keys: Option<At<Vec<At<String>>>>,
    }
}

record! {
    /// How entries become tensors of an ONNX model, and its output an action.
    pub struct RawOnnx {
        /// Of the model: `[…, steps, numbers of an action]`, or without steps.
        output: At<String>,
        /// Numbers of an action, 1 … 1000.
        #[schemars(range(min = 1, max = 1000))]
        action_width: At<i64>,
        /// Mean of each number of an action; the output is multiplied by std and mean is added.
        action_mean: Option<At<Vec<At<f64>>>>,
        /// Standard deviation of each.
        action_std: Option<At<Vec<At<f64>>>>,
        /// By input of the model.
        #[schemars(default)]
        input: Salvaged<Vec<RawOnnxInput>>,
    }
}

record! {
    /// An input of an ONNX model.
    pub struct RawOnnxInput {
        /// Of the model.
        name: At<String>,
        /// The entry's key.
        key: At<String>,
        /// Numbers: mean of each, subtracted. Default 0.
        mean: Option<At<Vec<At<f64>>>>,
        /// Numbers: standard deviation of each, divided by. Default 1.
        std: Option<At<Vec<At<f64>>>>,
        /// Pictures: factor on the bytes. Default 1/255.
        scale: Option<At<f64>>,
    }
}

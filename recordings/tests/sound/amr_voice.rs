//! AMR files, which the usual tools cannot write: encoded by the codec under test's own other half,
//! which its authors check bit for bit against the reference of 3GPP TS 26.073.

use codec_core::codecs::amr::AmrCodec;
use codec_core::types::{CodecConfig, FrameKind, VariableRateCodec};

/// The speech modes, slowest first: index and bytes of a frame without its header.
pub const MODES: [(u8, usize); 8] = [
    (0, 12),
    (1, 13),
    (2, 15),
    (3, 17),
    (4, 19),
    (5, 20),
    (6, 26),
    (7, 31),
];

/// An AMR file of `samples` at 8 kHz in speech mode `mode`; with `pauses`, silence is not sent.
pub fn amr(samples: &[f32], mode: u8, pauses: bool) -> Vec<u8> {
    let mut codec = AmrCodec::new(&CodecConfig::amr_nb()).expect("a codec");
    codec.set_mode(mode).expect("a mode");
    codec.set_allow_dtx(pauses);
    let mut file = b"#!AMR\n".to_vec();
    for frame in samples.chunks_exact(160) {
        let frame: Vec<i16> = frame.iter().map(|x| (x * 32_767.0) as i16).collect();
        let coded = codec.encode_frame(&frame).expect("a coded frame");
        let frame_type = match coded.kind {
            FrameKind::Speech => coded.mode,
            FrameKind::ComfortNoise => 8,
            FrameKind::NoData | FrameKind::Lost => 15,
        };
        file.push(frame_type << 3 | 0x04);
        file.extend(&coded.data);
    }
    file
}

/// Types of the frames of an AMR file, in order.
pub fn frame_types(file: &[u8]) -> Vec<u8> {
    const BYTES: [usize; 9] = [12, 13, 15, 17, 19, 20, 26, 31, 5];
    let (mut types, mut at) = (Vec::new(), 6);
    while at < file.len() {
        let frame_type = file[at] >> 3 & 0x0F;
        types.push(frame_type);
        at += 1 + BYTES.get(usize::from(frame_type)).copied().unwrap_or(0);
    }
    types
}

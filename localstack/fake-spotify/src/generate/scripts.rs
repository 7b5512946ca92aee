//! Words in scripts other than Latin.

use crate::random::Random;

/// A way to make words of one script: parts that follow one another, and how many times.
struct Script {
    /// Of a hundred names not in Latin letters, how many are in this script.
    share: u32,
    /// Parts of one syllable; one choice of each, in order. A choice may be empty.
    syllable: &'static [&'static [&'static str]],
    /// Least and most syllables of a word.
    syllables: (usize, usize),
}

const CHINESE: Script = Script {
    share: 38,
    syllable: &[&[
        "山", "水", "火", "木", "金", "土", "日", "月", "星", "天", "地", "人", "心", "花", "草", "风", "雨",
        "雪", "云", "海", "江", "河", "林", "石", "龙", "虎", "鸟", "鱼", "马", "春", "夏", "秋", "冬", "东",
        "西", "南", "北", "大", "小", "中", "上", "下", "青", "白", "红", "黑", "黄", "玉", "明", "光", "乐",
        "音", "声", "歌", "舞", "梦", "爱", "家", "国", "城", "路", "门", "一", "二", "三", "十", "百", "千",
        "万", "新", "古", "长", "高", "安", "平", "和",
    ]],
    syllables: (2, 4),
};

const HIRAGANA: Script = Script {
    share: 5,
    syllable: &[&[
        "あ", "い", "う", "え", "お", "か", "き", "く", "け", "こ", "さ", "し", "す", "せ", "そ", "た", "ち",
        "つ", "て", "と", "な", "に", "の", "は", "ひ", "ふ", "ま", "み", "む", "め", "も", "や", "ゆ", "よ",
        "ら", "り", "る", "れ", "ろ", "わ", "が", "ぎ", "だ", "で", "ば", "ぶ",
    ]],
    syllables: (2, 5),
};

const KATAKANA: Script = Script {
    share: 9,
    syllable: &[
        &[
            "ア", "イ", "ウ", "エ", "オ", "カ", "キ", "ク", "ケ", "コ", "サ", "シ", "ス", "セ", "ソ", "タ",
            "チ", "ツ", "テ", "ト", "ナ", "ニ", "ネ", "ノ", "ハ", "ヒ", "フ", "マ", "ミ", "ム", "メ", "モ",
            "ラ", "リ", "ル", "レ", "ロ", "ガ", "グ", "ド", "バ", "ビ", "プ", "ポ",
        ],
        &["", "", "", "", "ー", "ン", "ッ"],
    ],
    syllables: (2, 4),
};

const HANGUL: Script = Script {
    share: 10,
    syllable: &[&[
        "가", "강", "고", "그", "기", "나", "남", "노", "다", "달", "도", "동", "라", "로", "리", "마", "문",
        "미", "민", "바", "밤", "별", "봄", "비", "사", "산", "서", "소", "수", "시", "신", "아", "여", "오",
        "우", "윤", "은", "이", "자", "정", "지", "진", "차", "태", "하", "한", "해", "현", "호", "희",
    ]],
    syllables: (2, 3),
};

const CYRILLIC: Script = Script {
    share: 18,
    syllable: &[
        &[
            "б", "в", "г", "д", "ж", "з", "к", "л", "м", "н", "п", "р", "с", "т", "ф", "х", "ч", "ш", "ст",
            "кр", "пр",
        ],
        &["а", "е", "и", "о", "у", "я", "ы", "ю", "ё"],
        &["", "", "", "н", "р", "л", "й", "с", "т", "к"],
    ],
    syllables: (2, 3),
};

const ARABIC: Script = Script {
    share: 8,
    syllable: &[
        &["ب", "ت", "ج", "ح", "د", "ر", "ز", "س", "ش", "ع", "ف", "ق", "ك", "ل", "م", "ن", "ه"],
        &["ا", "و", "ي", ""],
    ],
    syllables: (2, 4),
};

const GREEK: Script = Script {
    share: 4,
    syllable: &[
        &["β", "γ", "δ", "θ", "κ", "λ", "μ", "ν", "π", "ρ", "σ", "τ", "φ", "χ"],
        &["α", "ε", "η", "ι", "ο", "υ", "ω", "ά", "έ", "ό"],
        &["", "", "ν", "ρ", "λ"],
    ],
    syllables: (2, 3),
};

const HEBREW: Script = Script {
    share: 3,
    syllable: &[&[
        "א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט", "י", "כ", "ל", "מ", "נ", "ס", "ע", "פ", "צ", "ק", "ר",
        "ש", "ת",
    ]],
    syllables: (3, 5),
};

const THAI: Script = Script {
    share: 3,
    syllable: &[
        &["ก", "ข", "ค", "จ", "ช", "ด", "ต", "ท", "น", "บ", "ป", "พ", "ม", "ร", "ล", "ว", "ส"],
        &["า", "ิ", "ี", "ุ", "ู", "ะ", ""],
        &["", "", "น", "ง", "ม"],
    ],
    syllables: (2, 3),
};

const DEVANAGARI: Script = Script {
    share: 2,
    syllable: &[
        &["क", "ख", "ग", "च", "ज", "त", "द", "न", "प", "ब", "म", "य", "र", "ल", "व", "श", "स", "ह"],
        &["ा", "ि", "ी", "ु", "े", "ो", ""],
    ],
    syllables: (2, 4),
};

const SCRIPTS: &[(&Script, u32)] = &[
    (&CHINESE, CHINESE.share),
    (&CYRILLIC, CYRILLIC.share),
    (&HANGUL, HANGUL.share),
    (&KATAKANA, KATAKANA.share),
    (&ARABIC, ARABIC.share),
    (&HIRAGANA, HIRAGANA.share),
    (&GREEK, GREEK.share),
    (&HEBREW, HEBREW.share),
    (&THAI, THAI.share),
    (&DEVANAGARI, DEVANAGARI.share),
];

/// Writes a name of one or two words in one script other than Latin. Beginnings are used far more often than
/// chance would, as syllables are in real names: the smaller of two draws chooses each part.
pub(super) fn foreign(random: &mut Random, name: &mut String) {
    let script = random.weigh(SCRIPTS);
    let words = 1 + usize::from(random.chance(0.4));
    for word in 0..words {
        if word > 0 {
            name.push(' ');
        }
        let (least, most) = script.syllables;
        for _ in 0..least + random.below(most - least + 1) {
            for parts in script.syllable {
                let place = random.below(parts.len()).min(random.below(parts.len()));
                name.push_str(parts[place]);
            }
        }
    }
}

//! The words that everybody uses in names. In the head of the vocabulary the first words are the most
//! frequent.

/// Words that stand before a name, and how often in ten thousand names.
#[rustfmt::skip]
pub(super) const LEADERS: &[(&str, u32)] = &[
    ("The", 360), ("DJ", 105), ("Lil", 105), ("Young", 40), ("Los", 34), ("MC", 30), ("El", 28), ("La", 28),
    ("Big", 26), ("Yung", 22), ("Das", 10), ("Die", 14), ("Les", 14), ("Le", 14), ("Il", 8), ("Las", 12),
    ("Mr.", 18), ("Dr.", 10), ("Ms.", 4), ("Sir", 6), ("Saint", 10), ("San", 8), ("Santa", 5), ("Don", 9),
    ("King", 16), ("Queen", 8), ("Prince", 10), ("Lady", 9), ("Miss", 6), ("Baby", 10), ("Banda", 12),
    ("Grupo", 16), ("Conjunto", 8), ("Orquesta", 8), ("Coro", 6), ("Trio", 8), ("Os", 7), ("As", 4), ("De", 8),
];

/// Words that stand after a name, and how often in ten thousand names.
#[rustfmt::skip]
pub(super) const TRAILERS: &[(&str, u32)] = &[
    ("Band", 50), ("Music", 62), ("Beats", 40), ("Orchestra", 32), ("Trio", 18), ("Quartet", 16), ("Ensemble", 18),
    ("Choir", 16), ("Project", 18), ("Collective", 12), ("Sound", 14), ("Sounds", 14), ("Records", 8), ("Boys", 10),
    ("Girls", 6), ("Brothers", 12), ("Sisters", 6), ("Family", 8), ("Jr.", 16), ("Official", 10), ("Karaoke", 14),
    ("Kids", 10), ("Club", 8), ("Crew", 8), ("Gang", 8), ("Symphony", 8), ("Quintet", 6), ("Singers", 8),
    ("Tribute", 8), ("Studio", 6), ("Lounge", 6), ("Worship", 8), ("Cast", 6), ("System", 6), ("Machine", 5),
];

/// Words that join two others.
#[rustfmt::skip]
pub(super) const JOINERS: &[(&str, u32)] = &[
    ("&", 30), ("and", 26), ("of", 44), ("the", 14), ("de", 30), ("feat.", 2), ("y", 10), ("e", 6), ("und", 5),
    ("et", 6), ("del", 8), ("da", 8), ("di", 6), ("van", 8), ("von", 4), ("in", 6), ("x", 6), ("with", 5), ("og", 3),
    ("och", 4), ("no", 4), ("to", 5), ("for", 6), ("on", 4), ("a", 6), ("na", 3), ("la", 6), ("el", 4),
];

/// The head of the vocabulary: ordinary words of several languages.
#[rustfmt::skip]
pub(super) const HEAD: &[&str] = &[
    "soul", "black", "red", "j", "music", "king", "k", "b", "d", "t", "e", "g", "m", "blue", "white", "love", "day",
    "star", "boy", "girl", "night", "moon", "sun", "fire", "water", "gold", "silver", "stone", "man", "mind", "dream",
    "house", "city", "street", "river", "sky", "dark", "light", "wild", "ghost", "bear", "wolf", "fox", "bird", "lion",
    "heart", "beat", "bass", "drum", "noise", "song", "rhythm", "groove", "jazz", "rock", "folk",
    "punk", "metal", "baby", "mama", "papa", "child", "brother", "sister", "captain", "doctor", "major", "master",
    "magic", "money", "smoke", "snow", "rain", "storm", "thunder", "cloud", "summer", "winter", "spring", "autumn",
    "north", "south", "east", "west", "ocean", "sea", "island", "mountain", "valley", "forest", "tree", "rose",
    "flower", "garden", "honey", "sugar", "sweet", "cold", "hot", "cool", "fast", "slow", "high", "low", "deep",
    "lost", "new", "old", "last", "first", "free", "happy", "lonely", "broken", "golden", "electric", "royal", "holy",
    "mad", "bad", "good", "true", "real", "super", "ultra", "mega", "mini", "micro", "neon", "retro", "future",
    "space", "cosmic", "solar", "lunar", "planet", "rocket", "radio", "video", "robot", "machine", "engine", "motor",
    "paper", "glass", "steel", "iron", "copper", "diamond", "crystal", "velvet", "cotton", "silk", "mirror", "shadow",
    "angel", "devil", "demon", "witch", "saint", "monk", "priest", "temple", "church", "bell", "crown", "sword",
    "castle", "tower", "bridge", "road", "train", "ship", "boat", "harbor", "coast", "shore", "beach", "sand",
    "sol", "luna", "mar", "fuego", "noche", "corazon", "amor", "vida", "alma", "sangre", "tierra", "cielo", "norte",
    "sur", "rey", "reina", "nuevo", "viejo", "negro", "blanco", "rojo", "azul", "verde", "oro", "plata", "perro",
    "gato", "lobo", "toro", "caballo", "flor", "rio", "monte", "playa", "calle", "ciudad", "hermanos", "amigos",
    "nuit", "jour", "coeur", "rouge", "noir", "blanc", "bleu", "soleil", "lune", "mer", "petit", "grand", "belle",
    "amour", "chat", "oiseau", "rue", "ville", "nacht", "tag", "herz", "licht", "stern", "mond", "sonne", "wald",
    "berg", "stadt", "klang", "kind", "bruder", "wasser", "feuer", "notte", "giorno", "cuore", "stella", "sole",
    "mare", "fiore", "bianco", "nero", "noite", "dia", "estrela", "coracao", "vento", "sombra", "samba", "forro",
    "joy", "sam", "max", "ray", "lee", "ace", "ash", "sky", "eden", "nova", "echo", "orbit", "pulse", "wave", "static",
    "signal", "circuit", "pixel", "digital", "analog", "tape", "vinyl", "echoes", "mirage", "oasis", "desert",
    "tiger", "panda", "rabbit", "monkey", "snake", "dragon", "phoenix", "raven", "crow", "owl", "hawk", "eagle",
    "spider", "bee", "butterfly", "fish", "whale", "shark", "turtle", "coyote", "buffalo", "horse", "pony", "dog",
    "cat", "mouse", "rat", "pig", "goat", "lamb", "swan", "duck", "goose", "apple", "cherry", "peach", "lemon",
    "orange", "banana", "mango", "berry", "coffee", "tea", "whiskey", "wine", "beer", "salt", "pepper", "butter",
    "bread", "candy", "cookie", "jelly", "cream", "milk", "plastic", "rubber", "wooden", "silent", "quiet", "loud",
    "hidden", "strange", "weird", "crazy", "lazy", "dirty", "clean", "pretty", "ugly", "tiny", "giant",
    "little", "grand", "modern", "ancient", "future", "eternal", "endless", "infinite", "zero", "one", "two", "three",
    "seven", "nine", "hundred", "million", "quarter", "half", "double", "triple", "single", "alpha", "beta", "gamma",
    "delta", "omega", "sigma", "theory", "logic", "motion", "emotion", "fever", "fantasy", "paradise", "heaven",
    "hell", "earth", "world", "nation", "empire", "kingdom", "republic", "party", "dance", "disco", "club", "lounge",
    "piano", "guitar", "violin", "trumpet", "horn", "flute", "organ", "harp", "banjo", "fiddle", "string", "brass",
    "prophet", "poet", "pilot", "sailor", "soldier", "hunter", "farmer", "worker", "dealer", "driver", "dancer",
    "runner", "rider", "walker", "killer", "lover", "dreamer", "believer", "stranger", "rebel", "bandit", "pirate",
    "nomad", "rasta", "ninja", "samurai", "viking", "knight", "wizard", "joker", "clown", "fool", "hero",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_common_word_is_empty_and_all_are_plain() {
        assert!(HEAD.len() > 400);
        assert!(
            HEAD.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        );
    }
}

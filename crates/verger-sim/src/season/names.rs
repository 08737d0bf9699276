//! Invented names for a season's buyers. Owns the lists; no real person is meant.

use super::dice::Dice;

const FAMILY: [(&str, &str); 20] = [
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("刘", "Liu"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("黄", "Huang"),
    ("赵", "Zhao"),
    ("吴", "Wu"),
    ("周", "Zhou"),
    ("徐", "Xu"),
    ("孙", "Sun"),
    ("马", "Ma"),
    ("朱", "Zhu"),
    ("胡", "Hu"),
    ("郭", "Guo"),
    ("何", "He"),
    ("林", "Lin"),
    ("罗", "Luo"),
    ("梁", "Liang"),
];

const GIVEN: [(&str, &str); 24] = [
    ("静", "Jing"),
    ("敏", "Min"),
    ("伟", "Wei"),
    ("芳", "Fang"),
    ("强", "Qiang"),
    ("秀英", "Xiuying"),
    ("丽", "Li"),
    ("磊", "Lei"),
    ("军", "Jun"),
    ("洋", "Yang"),
    ("艳", "Yan"),
    ("勇", "Yong"),
    ("娟", "Juan"),
    ("涛", "Tao"),
    ("明", "Ming"),
    ("超", "Chao"),
    ("秀兰", "Xiulan"),
    ("霞", "Xia"),
    ("平", "Ping"),
    ("刚", "Gang"),
    ("桂英", "Guiying"),
    ("雪", "Xue"),
    ("晨", "Chen"),
    ("婷", "Ting"),
];

/// A name in both scripts.
pub(super) fn invented(dice: &mut Dice) -> (String, String) {
    let family = dice.pick(&FAMILY).copied().unwrap_or(("王", "Wang"));
    let given = dice.pick(&GIVEN).copied().unwrap_or(("静", "Jing"));
    (format!("{}{}", family.0, given.0), format!("{} {}", family.1, given.1))
}

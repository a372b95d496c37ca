"""Files of few letters beyond ASCII, read in the encoding in which they are words."""

import pytest

from shared import datasets
from shared.datasets.files.letters import is_cyrillic
from shared.errors import DatasetError


def upload(text, encoding):
    content = "word,n\n" + "".join(f"{word},{number}\n" for number, word in enumerate(text.split()))
    return datasets.read_upload("words.csv", content.encode(encoding), 5)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Zürich Bern"),
        ("cp1252", "Café Bar"),
        ("cp1252", "naïve plain"),
        ("cp1252", "España Málaga"),
        ("cp1252", "São_Paulo Brasília Guimarães"),
        ("cp1252", "København Århus"),
        ("cp1252", "été hôtel français cœur"),
        ("cp1252", "Jyväskylä Hyvinkää"),
        ("cp1252", "più perché città"),
        ("cp1252", "Zürich Málaga København São_João"),  # names of several languages
        ("cp1252", "20°C 5µg/m³ 3€"),
        ("cp1252", "“quoted” it’s"),
        ("cp1250", "Łódź Kraków"),
        ("cp1250", "Wrocław Żary"),
        ("cp1250", "České_Budějovice Ústí_nad_Labem Plzeň"),
        ("cp1250", "Győr"),
        ("cp1250", "Székesfehérvár Erdőd"),
        ("cp1250", "Bucureşti Iaşi Timişoara"),
        ("cp1250", "Čakovec Đurđevac"),
        ("cp1254", "İstanbul Eskişehir Şanlıurfa"),
        ("cp1257", "Rīga Liepāja Jūrmala Rēzekne"),
        ("cp1251", "Москва Омск"),
        ("cp1251", "Санкт-Петербург Казань Нижний Новгород"),
        ("shift_jis", "東京 大阪"),
        ("euc_jp", "東京 大阪 名古屋 札幌市 さいたま"),
        ("gb18030", "北京 上海 广州 深圳"),
        ("big5", "臺北 高雄 臺中"),
        ("euc_kr", "서울 부산 인천 대구"),
        ("utf-8", "Zürich Łódź"),
        ("utf-16", "Zürich Łódź 東京"),
    ],
)
def test_words_come_out_as_they_were_written(encoding, text):
    assert sorted(upload(text, encoding).frame["word"]) == sorted(text.split())


def test_what_was_taken_for_the_encoding_is_said_with_a_word_of_it():
    note, *_ = upload("plain naïve", "cp1252").notes
    assert note.startswith("is not UTF-8 and was read as cp1252, in which 'naïve' is a word; save it as UTF-8 if")
    assert not any("UTF-8" in each for each in upload("plain naïve", "utf-8").notes)


def test_words_of_small_letters_that_are_hebrew_as_well_as_russian_are_not_taken_for_russian():
    assert is_cyrillic("Омск, Казань".encode("cp1251"))
    assert not is_cyrillic("ירושלים, חיפה".encode("cp1255"))
    assert not is_cyrillic("Αθήνα, Πάτρα".encode("cp1253"))
    with pytest.raises(DatasetError, match="nor in an encoding that is known; save it as UTF-8 CSV"):
        datasets.read_upload("f.csv", "עיר,n\nירושלים,1\nתל אביב,2\nחיפה,3\n".encode("cp1255"), 5)


def test_utf_8_with_a_line_in_another_encoding_is_refused_with_that_line():
    lines = [f"München,{row}" for row in range(20)]
    damaged = "\n".join(["city,y", *lines]).encode() + "\nZürich,3\n".encode("cp1252")
    with pytest.raises(DatasetError, match=r"is UTF-8 but for 1 line, the first is line 22, 'Z\ufffdrich,3'"):
        datasets.see_file("cities.csv", damaged, 5)

from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import keras
import pytest

from keras_indexnet import models
from keras_indexnet.cli.group import main
from keras_indexnet.data import read_image
from keras_indexnet.visualization.architecture import architecture
from keras_indexnet.visualization.architecture_drawing import WIDTH, _boxes, _route, draw_architecture

DOWNSAMPLED = (0, 2, 3, 4, 6)


@cache
def network(**options):
    """A network with few channels; the graph is that of the paper's."""
    return models.MattingNetwork(**{"width": 0.35, "truncates_channels": True, **options})


def connections(drawn, kind):
    return {(c.source, c.target): c.shape for c in drawn.connections if c.kind == kind}


def shapes(drawn):
    return {part.name: part.shape for part in drawn.parts}


def test_the_parts_of_the_paper_s_best_network():
    """Channels and resolutions as in the paper's fig. 6, by hand."""
    drawn = architecture(models.matting_model("m2o_nonlinear_context"), input_size=320)
    channels = (32, 16, 24, 32, 64, 96, 160, 320)
    sizes = (320, 160, 160, 80, 40, 20, 20, 10)
    decoded = (32, 32, 16, 24, 32, 64, 96)
    expected = {"image_and_trimap": (320, 320, 4), "aspp": (10, 10, 160), "head": (320, 320, 1)}
    for stage, (channel, size) in enumerate(zip(channels, sizes, strict=True)):
        expected[f"encoder_stage_{stage}"] = (size, size, channel)
        if stage < 7:
            expected[f"fusion_{stage}"] = (size, size, 2 * channel)
            expected[f"decoder_{stage}"] = (size, size, decoded[stage])
        if stage in DOWNSAMPLED:
            expected[f"index_{stage}"] = (size // 2, size // 2, 4 * channel)
            expected[f"pool_{stage}"] = (size // 2, size // 2, channel)
            expected[f"upsample_{stage}"] = (size, size, channel)
    assert shapes(drawn) == expected
    details = {part.detail for part in drawn.parts if part.kind == "index"}
    assert details == {"M2O, nonlinear (e = 2), context"}


def test_index_maps_lead_to_the_pooling_and_the_upsampling_of_their_stage():
    drawn = architecture(network())
    expected = {(f"index_{n}", f"{role}_{n}") for n in DOWNSAMPLED for role in ("pool", "upsample")}
    assert set(connections(drawn, "index")) == expected
    assert len(expected) == 2 * len(DOWNSAMPLED)


def test_a_learned_index_is_applied_to_what_the_decoder_gets():
    learned = connections(architecture(network(index="hin")), "skip")
    maximum = connections(architecture(network(index="max")), "skip")
    assert {target for _, target in learned} == {target for _, target in maximum}
    for number in range(7):
        stage, pooling, fusion = f"encoder_stage_{number}", f"pool_{number}", f"fusion_{number}"
        source = pooling if number in DOWNSAMPLED else stage
        assert learned[source, fusion] == maximum[stage, fusion]


def test_output_stride_16_keeps_the_last_resolution():
    drawn = architecture(network(output_stride=16), input_size=160)
    assert [shapes(drawn)[f"encoder_stage_{n}"][0] for n in range(8)] == [160, 80, 80, 40, 20, 10, 10, 10]
    assert shapes(drawn)["aspp"][:2] == (10, 10)
    assert ("encoder_stage_6", "fusion_6") in connections(drawn, "skip")
    assert len(connections(drawn, "index")) == 2 * 4
    assert [part.detail for part in drawn.parts if part.label == "ASPP"] == ["dilations 6, 12, 18"]


def test_a_network_without_indices_and_fusions_has_features_only():
    drawn = architecture(network(index="bilinear", fusion="none", aspp=False))
    assert {connection.kind for connection in drawn.connections} == {"feature"}
    labels = Counter(part.label for part in drawn.parts)
    assert (labels["max pooling"], labels["bilinear upsampling"], labels["1 × 1 convolution"]) == (5, 5, 1)


def test_refine_net_has_four_chains_of_pooling_and_resizes_to_the_input():
    drawn = architecture(models.RefineNet(), input_size=224)
    sizes = {part.name: part.shape[0] for part in drawn.parts if part.label == "CRP"}
    assert sizes == {"crp_6": 7, "crp_4": 14, "crp_3": 28, "crp_2": 56}
    features = connections(drawn, "feature")
    assert set(connections(drawn, "skip")) == {
        (f"feature_{stage}", f"fusion_{fusion}") for stage, fusion in ((2, 2), (3, 3), (4, 4), (5, 4), (6, 6))
    }
    # Stage 7 is the bottom: what leads from it to the fusion skips nothing.
    assert features["feature_7", "fusion_6"] == (7, 7, 256)
    assert shapes(drawn)["enlarge_alpha"] == (224, 224, 1)
    # From the tensor to whose size a feature is resized nothing flows.
    assert not any(source == "image_and_trimap" for source, target in features if target == "enlarge_alpha")
    assert ("feature_5", "enlarge_6") not in features


def test_the_strided_encoder_of_deeplab_at_an_odd_size():
    network = models.DeepLabV3Plus()
    drawn = architecture(network, input_size=225)
    assert [shapes(drawn)[f"encoder_stage_{n}"][0] for n in range(8)] == [113, 113, 57, 29, 15, 15, 15, 15]
    assert shapes(drawn)["fusion"] == (57, 57, 256 + 48)
    assert connections(drawn, "skip") == {("low_level", "fusion"): (57, 57, 48)}


def test_shapes_are_those_of_a_forward_pass():
    built = network(index="o2o")
    drawn = architecture(built, input_size=64)
    names = ["pool_4", "aspp", "upsample_3", "decoder_2_relu"]
    outputs = [built.get_layer(name).output for name in names]
    inner = keras.Model(
        built.input, [output[0] if isinstance(output, list | tuple) else output for output in outputs]
    )
    results = inner(keras.ops.zeros((1, 64, 64, 4)))
    found = shapes(drawn)
    assert [tuple(result.shape[1:]) for result in results] == [
        found[name.removesuffix("_relu")] for name in names
    ]


def test_the_network_is_left_as_it_was():
    built = network()
    before = [(id(layer), set(vars(layer)), len(layer._inbound_nodes)) for layer in built._flatten_layers()]
    architecture(built)
    assert before == [
        (id(layer), set(vars(layer)), len(layer._inbound_nodes)) for layer in built._flatten_layers()
    ]


# One network for every way in which configurations differ in their graph.
LAYOUTS = {
    "learned index": network,
    "max pooling, output stride 16": lambda: network(index="max", output_stride=16),
    "no index, no fusion": lambda: network(index="bilinear", fusion="none", aspp=False),
    "DeepLabv3+": models.DeepLabV3Plus,
    "RefineNet": models.RefineNet,
    "RefineNet, output stride 16": lambda: models.RefineNet(16),
}


def overlap(box, other, margin=0.04):
    beside = box.left > other.right + margin or other.left > box.right + margin
    return not beside and not (box.top > other.bottom + margin or other.top > box.bottom + margin)


def segments(corners):
    for (x, y), (end_x, end_y) in pairwise(corners):
        yield min(x, end_x), min(y, end_y), max(x, end_x), max(y, end_y)


def crosses(corners, box):
    return any(
        left < box.right and right > box.left and top < box.bottom and bottom > box.top
        for left, top, right, bottom in segments(corners)
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_do_not_touch_and_no_line_runs_through_a_box(layout):
    drawn = architecture(LAYOUTS[layout]())
    boxes, height = _boxes(drawn)
    assert len(boxes) == len(drawn.parts)
    for box in boxes.values():
        assert box.left > 0 and box.right < WIDTH
        assert box.top > 0 and box.bottom < height
    assert [pair for pair in combinations(boxes.values(), 2) if overlap(*pair)] == []
    for connection in drawn.connections:
        ends = boxes[connection.source], boxes[connection.target]
        corners = _route(*ends, connection.kind)
        assert all(x == end_x or y == end_y for (x, y), (end_x, end_y) in pairwise(corners))
        assert [name for name, box in boxes.items() if box not in ends and crosses(corners, box)] == []


def test_index_maps_run_level_from_their_block():
    drawn = architecture(network())
    boxes, _ = _boxes(drawn)
    for source, target in connections(drawn, "index"):
        assert boxes[source].y == boxes[target].y


def test_an_svg_has_every_part_as_text(tmp_path):
    built = network()
    draw_architecture(built, tmp_path / "network.svg")
    root = ElementTree.parse(tmp_path / "network.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = Counter(element.text for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert texts["index block"] == texts["IP"] == texts["IU"] == 5
    for part in architecture(built).parts:
        shape = f"{part.shape[2]} @ {part.shape[0]} × {part.shape[1]}"
        assert texts[f"{part.label}  {shape}" if part.kind == "fusion" else shape] > 0
        assert part.kind == "fusion" or texts[part.label] > 0
    assert b"<dc:date>" not in (tmp_path / "network.svg").read_bytes()


def test_the_title_names_the_paper_s_row(tmp_path):
    draw_architecture(models.matting_model("b2"), tmp_path / "b2.svg")
    text = (tmp_path / "b2.svg").read_text()
    assert "Lu et al., table 1: B2 RefineNet, CRP; output stride 32" in text
    assert "index map" not in text


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_the_same_bytes_every_time(tmp_path, suffix):
    built = network()
    paths = [tmp_path / f"{name}{suffix}" for name in ("first", "second")]
    for path in paths:
        draw_architecture(built, path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith({".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}[suffix])
    assert sorted(tmp_path.iterdir()) == paths


def test_a_png_is_dark_on_white(tmp_path):
    draw_architecture(network(), tmp_path / "network.png")
    pixels = read_image(tmp_path / "network.png")
    assert pixels.shape[1] == 1200
    assert (pixels[[0, -1]] == 255).all()
    assert (pixels[:, [0, -1]] == 255).all()
    assert pixels.min() < 40


def test_what_cannot_be_drawn_is_refused_and_leaves_nothing_behind(tmp_path):
    built = network()
    for name in ("network.jpg", "network"):
        with pytest.raises(ValueError, match="ends in .svg, .pdf, .png, not in"):
            draw_architecture(built, tmp_path / name)
    with pytest.raises(ValueError, match="There is no folder .*none to write network.svg into"):
        draw_architecture(built, tmp_path / "none" / "network.svg")
    for size in (100, 0):
        with pytest.raises(ValueError, match=f"positive multiple of 32, not {size}"):
            architecture(built, size)
    with pytest.raises(ValueError, match="positive multiple of 32, not 100"):
        draw_architecture(built, tmp_path / "network.svg", input_size=100)
    with pytest.raises(ValueError, match="that of a matting network, not of a Sequential"):
        draw_architecture(keras.Sequential([keras.Input((4, 4, 4))]), tmp_path / "network.svg")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(OSError, match="folder.svg cannot be written: it is a folder."):
        draw_architecture(built, tmp_path / "folder.svg")


def test_the_command_writes_a_file_of_the_network_s_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["draw", "hin_linear", "--size", "64", "--output-stride", "16"])
    assert capsys.readouterr().out == "hin_linear.svg\n"
    text = (tmp_path / "hin_linear.svg").read_text()
    assert "output stride 16" in text
    assert "32 @ 64 × 64" in text
    assert [path.name for path in tmp_path.iterdir()] == ["hin_linear.svg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("b99",), "There is no configuration 'b99'"),
        (("b99", "--expansion", "1"), "There is no configuration 'b99'"),
        (("b11", "--expansion", "1"), "no depthwise nonlinear index blocks"),
        (("hin_nonlinear", "--expansion", "1"), "no depthwise nonlinear index blocks"),
    ],
)
def test_the_command_s_bad_input_ends_with_one_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["draw", *arguments])
    *usage, error = capsys.readouterr().err.splitlines()
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert message in error
    assert list(tmp_path.iterdir()) == []


# What `LAYOUTS` and the pictures of the documentation are not like; in `make test-all` every configuration.
DRAWN = ("b3", "b8", "hmi", "o2o_linear")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in DRAWN else pytest.mark.matrix)
        for name in models.list_configurations()
    ],
)
def test_every_configuration_is_drawn(tmp_path, name):
    draw_architecture(models.matting_model(name), tmp_path / "network.svg")
    assert f">{name}<" in (tmp_path / "network.svg").read_text()


@pytest.mark.parametrize(
    ("name", "file"),
    [("m2o_nonlinear_context", "architecture_m2o_nonlinear_context.svg"), ("b2", "architecture_b2.svg")],
)
def test_the_pictures_of_the_documentation_are_those_of_the_networks(name, file):
    path = Path(__file__).resolve().parents[2] / "docs" / "images" / file
    root = ElementTree.parse(path).getroot()
    texts = Counter(element.text for element in root.iter("{http://www.w3.org/2000/svg}text"))
    for part in architecture(models.matting_model(name)).parts:
        assert part.kind == "fusion" or texts[part.label] > 0
        shape = f"{part.shape[2]} @ {part.shape[0]} × {part.shape[1]}"
        assert any(text.endswith(shape) for text in texts)

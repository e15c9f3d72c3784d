"""From a model to a scene of Blender: objects, camera and light."""

import bpy
import numpy as np
from mathutils import Matrix

from rendering.colors import hsv
from rendering.materials import new_material
from rendering.shapes import UP, frame_of, rotation, unit


def new_scene(rng, model, size):
    """An empty Blender with the model, glowing white, and a camera in it; returns its softness, too."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.cycles.device = "CPU"
    scene.cycles.use_denoising = False
    scene.cycles.seed = int(rng.integers(2**31))
    scene.cycles.transparent_max_bounces = 12
    scene.cycles.sample_clamp_direct = scene.cycles.sample_clamp_indirect = 6
    scene.cycles_curves.shape = "THICK" if model.tubes else "RIBBONS"
    build(scene, model)
    return scene, add_camera(rng, scene, model, size)


def build(scene, model):
    """Put a model into the scene."""
    for points, radii, colors, surface in model.strands:
        data = bpy.data.hair_curves.new("strands")
        count, steps = points.shape[:2]
        data.add_curves([steps] * count)
        data.points.foreach_set("position", points.astype(np.float32).ravel())
        data.points.foreach_set("radius", np.ascontiguousarray(radii, np.float32).ravel())
        set_colors(data, colors.reshape(-1, 3))
        add_object(scene, data, surface)
    for vertices, faces, colors, surface in model.meshes:
        data = bpy.data.meshes.new("mesh")
        data.vertices.add(len(vertices))
        data.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
        data.loops.add(faces.size)
        data.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
        data.polygons.add(len(faces))
        data.polygons.foreach_set("loop_start", np.arange(0, faces.size, 4, dtype=np.int32))
        data.update(calc_edges=True)
        data.shade_smooth()
        set_colors(data, colors)
        add_object(scene, data, surface)


def add_object(scene, data, surface):
    """Put a curve or mesh into the scene."""
    data.materials.append(new_material(surface))
    scene.collection.objects.link(bpy.data.objects.new(data.name, data))


def set_colors(data, colors):
    """Give every point of a curve or mesh its colour."""
    attribute = data.attributes.new("tint", "FLOAT_COLOR", "POINT")
    flat = np.concatenate([colors, np.ones((len(colors), 1))], 1)
    attribute.data.foreach_set("color", flat.astype(np.float32).ravel())


def add_camera(rng, scene, model, size):
    """Aim a camera at the model, in focus or not, at rest or moving.

    Returns:
        By how many pixels the picture may be softened, less than the lens or the movement blurs it.
    """
    azimuth, elevation = rng.uniform(*model.azimuth), rng.uniform(*model.elevation)
    backward = np.array(
        [np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    frame = frame_of(backward) @ rotation(UP, rng.normal(0, 0.1))
    view = model.framed @ frame
    low, high = np.percentile(view, [1.5, 98.5], axis=0)
    half = 0.5 * np.max((high - low)[:2])
    fill = rng.uniform(*model.fill)
    camera = bpy.data.cameras.new("camera")
    camera.lens = rng.uniform(40, 110)
    middle = 0.5 * (low + high)
    middle[:2] += rng.normal(0, 0.12, 2) * half
    distance = half / fill / (0.5 * camera.sensor_width / camera.lens)
    middle[2] += distance
    holder = bpy.data.objects.new("camera", camera)
    holder.matrix_world = Matrix(frame).to_4x4()
    holder.location = frame @ middle
    scene.collection.objects.link(holder)
    scene.camera = holder

    pixel = 2 * half / fill / size  # at the distance of the model
    look = rng.choice(["sharp", "shallow", "defocused", "moving"], p=[0.62, 0.18, 0.1, 0.1])
    if look in ("shallow", "defocused"):
        # The aperture is what makes a point `blur` pixels wide when it lies `away` from the plane in focus.
        away = {"shallow": 0.3 * half, "defocused": rng.choice([-1, 1]) * 0.3 * distance}[look]
        blur = {"shallow": rng.uniform(2, 7), "defocused": rng.uniform(4, 14)}[look]
        focus = distance if look == "shallow" else distance + away
        aperture = blur * pixel * focus / abs(away)
        camera.dof.use_dof = True
        camera.dof.focus_distance = focus
        camera.dof.aperture_fstop = camera.lens / 1000 / aperture
    if look == "moving":
        scene.render.use_motion_blur = True
        scene.render.motion_blur_shutter = 1.0
        step = rng.uniform(3, 14) * pixel * (frame @ [*unit(rng.normal(size=2)), 0])
        for number in (0, 2):
            holder.location = frame @ middle + (number - 1) * step
            holder.keyframe_insert("location", frame=number)
    scene.frame_set(1)
    return {"sharp": 0, "shallow": 0, "defocused": 1.5, "moving": 0.8}[look]


def add_light(rng, scene):
    """End the glow; light comes from the sky, a sun somewhere in front, often another from behind."""
    for material in bpy.data.materials:
        nodes = material.node_tree.nodes
        material.node_tree.links.new(nodes["lit"].outputs[0], nodes["covered"].inputs[2])
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"]
    sky.inputs["Color"].default_value = (*hsv(rng.random(), rng.uniform(0, 0.35), 1), 1)
    sky.inputs["Strength"].default_value = rng.uniform(0.15, 1.0)
    scene.world = world
    for behind in (False, True):
        if behind and rng.random() < 0.4:
            continue
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy = rng.uniform(1, 4)
        sun.angle = rng.uniform(0.02, 0.6)
        warm = rng.uniform(0, 0.35)
        sun.color = hsv(rng.choice([0.08, 0.58, rng.random()], p=[0.6, 0.25, 0.15]), warm, 1)
        around = rng.uniform(-1.2, 1.2) + np.pi * behind
        toward = np.array([np.sin(around), -np.cos(around), rng.uniform(0.2, 1.5)])
        lamp = bpy.data.objects.new("sun", sun)
        lamp.rotation_euler = Matrix(frame_of(unit(toward))).to_euler()
        scene.collection.objects.link(lamp)

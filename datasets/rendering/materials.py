"""Materials of Blender."""

import bpy


def new_material(surface):
    """A material that glows white, for alpha; `lit` in its node tree reads colours from the points."""
    material = bpy.data.materials.new("surface")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()

    def mixed(share, first, second):
        mix = nodes.new("ShaderNodeMixShader")
        mix.inputs[0].default_value = share
        links.new(first.outputs[0], mix.inputs[1])
        links.new(second.outputs[0], mix.inputs[2])
        return mix

    color = nodes.new("ShaderNodeAttribute")
    color.attribute_name = "tint"
    color_output = color.outputs["Color"]
    if surface.mottle:
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 18
        noise.inputs["Detail"].default_value = 5
        bright = nodes.new("ShaderNodeMapRange")
        bright.inputs["From Min"].default_value = 0.25
        bright.inputs["From Max"].default_value = 0.75
        bright.inputs["To Min"].default_value = 1 - surface.mottle
        bright.inputs["To Max"].default_value = 1 + surface.mottle
        links.new(noise.outputs[0], bright.inputs["Value"])
        scaled = nodes.new("ShaderNodeVectorMath")
        scaled.operation = "SCALE"
        links.new(color_output, scaled.inputs[0])
        links.new(bright.outputs[0], scaled.inputs["Scale"])
        color_output = scaled.outputs[0]
    shader = nodes.new("ShaderNodeBsdfDiffuse")
    links.new(color_output, shader.inputs["Color"])
    if surface.translucency:
        through = nodes.new("ShaderNodeBsdfTranslucent")
        links.new(color_output, through.inputs["Color"])
        shader = mixed(surface.translucency, shader, through)
    if surface.gloss:
        glossy = nodes.new("ShaderNodeBsdfGlossy")
        glossy.inputs["Roughness"].default_value = surface.roughness
        shader = mixed(surface.gloss, shader, glossy)
    shader.name = "lit"
    covered = mixed(surface.opacity, nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeEmission"))
    covered.name = "covered"
    output = nodes.new("ShaderNodeOutputMaterial")
    links.new(covered.outputs[0], output.inputs["Surface"])
    return material

"""Opens a glTF scene in Blender and exports it again: python blender_reexport.py IN.gltf OUT.glb

What an author does who changes a scene: the custom properties must survive.
"""
import sys

import bpy

source, target = sys.argv[1:]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=source)
bpy.ops.export_scene.gltf(filepath=target, export_format="GLB", export_extras=True, export_cameras=True, export_lights=True)
print(len(bpy.data.objects), "objects re-exported by Blender", bpy.app.version_string)

{
  "targets": [
    {
      "target_name": "mod_gearman_addon",
      "sources": [
        "src/native/addon.cc",
        "src/native/child.cc",
        "src/native/engine.cc",
        "src/native/engine_object.cc",
        "src/native/exit_guard.cc",
        "src/native/gcm.cc",
        "src/native/gcm_object.cc",
        "src/native/lane.cc",
        "src/native/lane_end.cc",
        "src/native/lane_kill.cc",
        "src/native/lane_start.cc",
        "src/native/lane_world.cc",
        "src/native/old_library.cc",
        "src/native/os_limits.cc",
        "src/native/output.cc",
        "src/native/request.cc",
        "src/native/result_queue.cc",
        "src/native/service_notify.cc"
      ],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      "defines": ["NAPI_VERSION=9"],
      # a thread that was left behind runs on in it
      "ldflags": ["-Wl,-z,nodelete"],
      "cflags_cc": [
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-fvisibility=hidden"
      ]
    }
  ]
}

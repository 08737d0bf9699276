## 外框、登录、角色
skip = 跳到正文
back = 返回
save = 保存
state-done = 已完成
sign-in-link = 登录
sign-in-title = 登录
sign-in-village = 村
sign-in-code = 您的编号
sign-in-secret = 数字密码或登录密码
sign-in-one-time = 动态验证码
sign-in-one-time-hint = 仅用登录密码时需要：验证器此刻显示的六位数字。用数字密码时留空。
sign-in-do = 登录
sign-in-help = 忘记密码？请找本村的管理员；旧密码谁也看不到。
doors-title = 试一试
doors-lead = 这些人物都是虚构的。选一位，看看他看到的页面。
role-member = 村民
role-agent = 柜台代办员
role-cooperative = 合作社
role-supplier = 供货商
role-carrier = 承运人
role-operator = 管理员
role-auditor = 审计员
role-programme = 项目官员
session-title = 当前登录
session-role = 身份
session-place = 村
session-go = 去工作页面
session-out = 退出登录
pin-title-pin = 修改我的数字密码
pin-title-password = 修改我的登录密码
pin-lead-pin = 只有您自己知道的六位数字。柜台上的任何人都无权问您。
pin-lead-password = 至少十个字符。换密码的同时也会换动态验证码的密钥。
pin-old = 现在的密码
pin-new = 新密码
pin-again = 再输一次新密码
pin-done = 新密码已生效
pin-one-time = 请现在把这个密钥输入您的验证器；它只显示这一次。
turn-title = 请您操作
turn-lead = 请把屏幕转给
turn-pin = 您的数字密码
turn-open = 打开我的页面
turn-note = 只有您知道的六位数字能打开您的页面。一刻钟后会自动关闭。
kind-sign-in = 登录
scope-own = 本人的页面
title-429 = 请稍等
problem-sign-in-wrong = 编号与密码不相符。
    .hint = 请核对编号和密码。动态验证码只能用一次：请等下一个。
problem-role-missing = 这个页面不对您开放。
    .hint = 请回到您自己的页面，或以有权限的人登录。
problem-foreign-form = 这个表单不是从本站页面发来的。
    .hint = 请在这里打开页面，再提交一次。
problem-too-many = 短时间内次数太多了。
    .hint = 请等 { $seconds } 秒再试。什么都没有丢。
problem-not-a-form = 这个页面只接受自己的表单。
    .hint = 请打开页面，使用其中的表单。
field-code = 您的编号
field-secret = 密码
field-old = 现在的密码
field-new = 新密码
field-again = 再输一次新密码
form-field = { $reason ->
    [missing] 还没有填写：{ $field }。
    [amount] 这不是金额：{ $field }。
    [whole] 这不是整数：{ $field }。
    [again] 两次输入的新密码不一样。
    [pin] 数字密码正好是六位数字。
    [password] 登录密码至少十个字符。
    [date] 这不是日期：{ $field }。
   *[other] 格式不对：{ $field }。
}
    .hint = { $reason ->
    [missing] 请填好再提交。
    [amount] 请写成 12.50 或 1234.50。
    [whole] 请只写数字。
    [again] 请把新密码一样地输入两次。
    [date] 请选一天，例如 2026-07-20。
   *[other] 请再看一下，然后提交。
}
